"""A Decimal made of a NaN has no sign, as the repr of a NaN hasn't."""
from decimal import Decimal

for x in float("nan"), -float("nan"), float("inf") - float("inf"), float("-inf"):
    print(Decimal(x), Decimal.from_float(x), -Decimal(x), Decimal(x).as_tuple())
