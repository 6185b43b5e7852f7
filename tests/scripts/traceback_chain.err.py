# Chained exceptions: cause and context, each with its traceback.


def low():
    return {}["missing"]


def middle():
    try:
        low()
    except KeyError as error:
        raise ValueError("middle failed") from error


def high():
    try:
        middle()
    except ValueError:
        undefined_name


high()
