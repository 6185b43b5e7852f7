# argparse: options, positionals, types, choices, subcommands, help and errors.
import argparse

parser = argparse.ArgumentParser(prog="prog", description="Does things.", epilog="The end.")
parser.add_argument("name", help="a name")
parser.add_argument("rest", nargs="*", type=int)
parser.add_argument("-v", "--verbose", action="store_true", help="talk")
parser.add_argument(
    "-n", "--number", type=int, default=3, metavar="N", help="a number (default: %(default)s)"
)
parser.add_argument("--mode", choices=["fast", "slow"])
parser.add_argument("-D", action="append", dest="defines")
parser.add_argument("--version", action="version", version="%(prog)s 1.0")
group = parser.add_mutually_exclusive_group()
group.add_argument("--up", action="store_const", const=1, dest="direction")
group.add_argument("--down", action="store_const", const=-1, dest="direction")
print(parser.parse_args(["x"]))
print(parser.parse_args("x 1 2 -v -n5 --mode=fast -Da -D b --up".split()))
print(parser.parse_known_args(["x", "--unknown", "1"]))
parser.print_help()
print(parser.format_usage())
for bad in (
    [],
    ["x", "-n", "a"],
    ["x", "--mode", "odd"],
    ["x", "--bogus"],
    ["x", "--up", "--down"],
    ["x", "-n"],
    ["x", "y"],
    ["--version"],
):
    try:
        parser.exit_on_error = True
        parser._print_message = lambda message, file=None: print("message:", message, end="")
        parser.parse_args(bad)
    except SystemExit as stop:
        print("exit", stop.code)
sub = argparse.ArgumentParser(prog="tool")
commands = sub.add_subparsers(dest="command", required=True)
add = commands.add_parser("add", help="adds")
add.add_argument("values", nargs="+", type=float)
add.set_defaults(run=sum)
options = sub.parse_args(["add", "1", "2.5"])
print(options.command, options.run(options.values))
