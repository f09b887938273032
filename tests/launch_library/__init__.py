from tests.ll2_server import brief_catalogue

# Three pages, and as many spacecraft as LL2 has.
SMALL, MANY = brief_catalogue(230, seed=3), brief_catalogue(607, seed=7)
