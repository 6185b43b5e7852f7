# Rounding of hexadecimal texts, also of subnormal numbers; the general format; 0 divided by negative ints.
for text in ("0x0.ffffffffffffecp-1022", "0x0.fffffffffffff8p-1022", "0x0.00000000000004p-1022", "0x0.00000000000008p-1022",
             "0x1.fffffffffffff8p0", "0x1.00000000000008p0", "0x1.000000000000080000000000000000001p0", "-0x.8p1", "0x1p-1074",
             "0x1p-1075", "0x1.1p-1075", "0x123456789abcdef01234567p-10", "1.8", "0x1.fffffffffffffp1023", "0x1.fffffffffffff8p1023", "0x0p5"):
    try:
        print(text, float.fromhex(text).hex())
    except OverflowError as error:
        print(text, error)
for x in 1234.56, 0.0, 1e10, 123.0, 999.9, 0.00001, 12.5, 5.0:
    print([format(x, spec) for spec in (".4", ".1", ".3", ".10", "#.4", ".0", "#.1", "#.0", "", ".2")])
print(0 / -(10**50), 0 / 10**50, format(1234.56, "10.4"), "%.4g" % 1234.56)
