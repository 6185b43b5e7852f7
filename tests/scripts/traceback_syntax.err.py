# A SyntaxError in the script itself: line, caret, message.
def fine():
    return 1


print("never printed")
value = (1 + 2
other = 3
