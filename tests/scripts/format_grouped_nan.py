# Grouping and zero padding of numbers, and of what has no digits.
for v in (float('nan'), float('inf'), float('-inf'), -0.0, 1e300, complex('nan'), 1234.5):
    for spec in ('020,','020,F','=20,','020_','+020,.2f','010,e','020n','020,%','*=20,','020,g','+020,','0>20,','0=20,','020','z020,','08,.1f'):
        try: print(v, spec, format(v, spec))
        except ValueError as e: print(v, spec, e)
