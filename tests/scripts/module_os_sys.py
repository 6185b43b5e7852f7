# os, os.path, sys, pathlib, shutil, subprocess: what is the same everywhere.
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "a", "b")
    os.makedirs(path)
    p = pathlib.Path(path) / "file.txt"
    print(
        p.write_text("hello"),
        p.read_text(),
        p.exists(),
        p.name,
        p.suffix,
        p.stem,
        p.parent.name,
        p.stat().st_size,
        p.is_file(),
        [x.name for x in p.parent.iterdir()],
    )
    os.rename(p, str(p) + "2")
    print(
        os.listdir(path),
        sorted(os.walk(folder))[0][1:],
        [e.name for e in os.scandir(path)],
        os.path.isdir(path),
        os.access(path, os.W_OK),
    )
    shutil.copy(os.path.join(path, "file.txt2"), folder)
    print(sorted(os.listdir(folder)), [x.name for x in sorted(pathlib.Path(folder).rglob("*.txt2"))])
    os.symlink("target", os.path.join(folder, "link"))
    print(
        os.readlink(os.path.join(folder, "link")),
        os.path.islink(os.path.join(folder, "link")),
        os.path.exists(os.path.join(folder, "link")),
    )
    for bad in (
        lambda: os.listdir(folder + "/none"),
        lambda: os.mkdir(path),
        lambda: os.rmdir(folder),
        lambda: os.remove(folder + "/x"),
        lambda: os.stat("a\0b"),
        lambda: os.open(folder + "/x", os.O_RDONLY),
        lambda: os.close(9999),
        lambda: os.kill(2**30, 0),
    ):
        try:
            bad()
        except (OSError, ValueError) as error:
            print(type(error).__name__, str(error).replace(folder, "FOLDER"))
print(
    os.path.split("/a/b.c"),
    os.path.splitext("x.tar.gz"),
    os.path.normpath("a/../b//c/."),
    os.path.relpath("/a/b", "/a/c"),
    os.path.commonpath(["/a/b", "/a/c"]),
    os.path.isabs("/x"),
    os.path.expandvars("$NOPE_X"),
    os.fspath(pathlib.PurePath("q")),
    pathlib.PurePath("a/b/../c").parts,
    os.sep,
    os.name,
    os.linesep,
    os.path.basename("/a/"),
    os.fsencode("é"),
    os.cpu_count() > 0,
    os.getpid() > 0,
)
os.environ["WEFT_TEST"] = "value"
print(
    os.environ["WEFT_TEST"],
    os.getenv("WEFT_NONE", "d"),
    "WEFT_TEST" in os.environ,
    subprocess.run(["sh", "-c", "echo $WEFT_TEST; exit 3"], capture_output=True, text=True),
)
result = subprocess.run(
    [sys.executable, "-c", "import sys; print(sys.stdin.read().upper()); sys.exit(4)"],
    input="piped",
    capture_output=True,
    text=True,
)
print(result.stdout, result.returncode)
try:
    subprocess.run(["/nonexistent/program"])
except FileNotFoundError as error:
    print(error)
try:
    subprocess.run(["false"], check=True)
except subprocess.CalledProcessError as error:
    print(error)
r, w = os.pipe()
if os.fork() == 0:
    os.write(w, b"child")
    os._exit(7)
pid, status = os.wait()
print(os.read(r, 10), os.waitstatus_to_exitcode(status))
print(
    sys.version_info[:2],
    sys.byteorder,
    sys.maxsize,
    sys.maxunicode,
    sys.getdefaultencoding(),
    sys.getfilesystemencoding(),
    sys.float_info.max,
    sys.int_info.default_max_str_digits,
    sys.hash_info.width,
    sys.flags.optimize,
    sys.stdout.encoding,
    sys.stdin.isatty(),
    sys.intern("x") is sys.intern("x"),
    sys.getsizeof([]) > 0,
    sys.platform,
    sys.argv[1:],
    sys.path[0] == os.path.dirname(os.path.abspath(__file__)),
    sys.stdlib_module_names >= {"os", "re"},
    sys.builtin_module_names[:0],
    sys.api_version > 0,
    sys.copyright != "",
    sys.getrefcount([]) > 0,
)
