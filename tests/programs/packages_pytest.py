"""pytest runs a suite: fixtures, parameters, marks, captured output, rewritten assertions, failures with their explanations."""
# timeout: 120
import os
import re
import subprocess
import sys
import tempfile

SUITE = '''
import asyncio, os, pytest, warnings

@pytest.fixture(scope="module")
def numbers():
    yield [1, 2, 3]
    print("torn down")

@pytest.fixture(params=["a", "b"])
def letter(request):
    return request.param

def test_pass(numbers, letter, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("X_TEST", letter)
    (tmp_path / "f").write_text(os.environ["X_TEST"])
    print((tmp_path / "f").read_text())
    assert capsys.readouterr().out == letter + "\\n"

def test_compare(numbers):
    assert numbers == [1, 2, 4]

def test_dict():
    got = {"a": 1, "b": [1, {"c": "x" * 5}]}
    assert got == {"a": 1, "b": [1, {"c": "y"}]}, "message"

def test_text():
    assert "first line\\nsecond" == "first line\\nsekond"

@pytest.mark.parametrize("x, y", [(1, 2), (3, 4), pytest.param(5, 6, marks=pytest.mark.xfail)])
def test_param(x, y):
    assert x + 1 == y and x < 5

@pytest.mark.skipif(True, reason="no")
def test_skip(): pass

def test_raises():
    with pytest.raises(ValueError, match="inv.lid") as info:
        int("z") if False else (_ for _ in ()).throw(ValueError("invalid"))
    assert info.type is ValueError
    with pytest.warns(UserWarning):
        warnings.warn("w")
    assert 0.1 + 0.2 == pytest.approx(0.3)

def test_error(missing): pass

def helper(n):
    return 1 // n

def test_deep():
    print("some output")
    helper(0)

class TestClass:
    def setup_method(self): self.x = 1
    def test_one(self): assert self.x == 1
    def test_two(self): assert not hasattr(self, "x"), f"has {self.x!r}"
'''

with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "test_suite.py"), "w") as f:
        f.write(SUITE)
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "anyio", "-q", "-rA", "--color=no", "--doctest-modules"],
                          cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})  # whatever else is installed
    print(done.returncode, re.sub(r"in [0-9.]+s|0x[0-9a-f]+", "N", done.stdout.replace(folder, "FOLDER")), done.stderr)
