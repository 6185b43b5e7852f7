# warnings on stderr: text, category, line; filters.
import warnings

warnings.warn("first")
warnings.warn("old", DeprecationWarning)
warnings.simplefilter("always")
for _ in range(2):
    warnings.warn("again", UserWarning)
with warnings.catch_warnings(record=True) as caught:
    warnings.warn("kept", RuntimeWarning)
    print([(str(w.message), w.category.__name__) for w in caught])
warnings.simplefilter("error")
try:
    warnings.warn("raised")
except UserWarning as error:
    print(repr(error))
warnings.simplefilter("ignore")
warnings.warn("silent")
x = eval("5 is 5")
