from tests.ll2_server import brief_catalogue

# As many spacecraft as LL2 has.
MANY = brief_catalogue(607, seed=7)
