from tests.ll2_server import catalogue

# As many spacecraft as LL2 has, without the flights that make up most of a record.
MANY = [record | {"flights": []} for record in catalogue(607, seed=7)]
