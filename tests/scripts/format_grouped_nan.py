# Grouping and zero padding of numbers, and of what has no digits.
for v in (float('nan'), float('inf'), float('-inf'), -0.0, 1e300, complex('nan'), 1234.5):
    for spec in ('020,','020,F','=20,','020_','+020,.2f','010,e','020n','020,%','*=20,','020,g','+020,','0>20,','0=20,','020','z020,','08,.1f'):
        try: print(v, spec, format(v, spec))
        except ValueError as e: print(v, spec, e)
for value in 1e16, 1e-5, 1.5e20, 100.0, 1 + 2j, 1e300 - 1e16j, float("inf"), complex("inf"):
    for spec in "#", "#,", "#20", "+#", "#.3", "#g":
        print(value, spec, format(value, spec))
