# sys.path by way of starting; modules beside the script; compiled caches don't go stale.
mkdir app other
echo 'print("beside the script", __file__.split("/")[-1])' >app/near.py
echo 'import near, sys; print(sys.path[0].split("/")[-1])' >app/main.py
"$PYTHON" app/main.py
cd other && "$PYTHON" ../app/main.py; cd ..
"$PYTHON" -c 'import sys; print(repr(sys.path[0]))'
"$PYTHON" -m app.near
echo 'value = 1' >changing.py; "$PYTHON" -c 'import changing; print(changing.value)'
echo 'value = 22' >changing.py; "$PYTHON" -c 'import changing; print(changing.value)'
echo 'value = "older"' >changing.py; touch -d 2001-01-01 changing.py; "$PYTHON" -c 'import changing; print(changing.value)'
echo 'raise ImportError("from inside")' >raises.py; "$PYTHON" -c 'import raises' 2>&1 | tail -n 1
echo 'x = = 1' >syntax.py; "$PYTHON" -c 'import syntax' 2>&1 | tail -n 4 | sed 's/File ".*"/File/'
echo 'import random; print(random.__file__)' >random.py; "$PYTHON" -c 'import random' 2>&1 | sed 's/.*\///' | tail -n 1
chmod 000 near.py 2>/dev/null; "$PYTHON" -c 'import near' 2>&1 | tail -n 1
"$PYTHON" -m json.tool <<END
{"b": [1, 2], "a": null}
END
"$PYTHON" -m timeit -n 1 -r 1 pass | sed 's/[0-9].*//'
"$PYTHON" -m calendar 2024 2 | head -n 3
"$PYTHON" -c 'import this' | head -n 1
"$PYTHON" -m compileall -q app && echo compiled
