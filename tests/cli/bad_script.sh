# A script that isn't there, isn't a file, isn't text, isn't allowed.
run() { "$PYTHON" "$@" >out 2>&1; status=$?; tail -n 4 out; echo "$*: $status"; }
run missing.py
mkdir folder; run folder
printf 'x = "\377"\n' >latin.py; run latin.py
printf '# coding: nonsense\n' >coding.py; run coding.py
printf '\357\273\277print("with a mark")\n' >bom.py; run bom.py
printf 'print("no newline at the end")' >short.py; run short.py
printf 'if 1:\r\n    print("dos")\r\n' >dos.py; run dos.py
: >empty.py; run empty.py
printf 'print(1)\n  print(2)\n' >indent.py; run indent.py
printf 'def f():\n\tif 1:\n        return\n' >tabs.py; run tabs.py
printf '\177ELF\001\002' >binary.py; run binary.py
printf 'def f():\nreturn 1' >block.py; run block.py
run -c 'raise SyntaxError("m", ("f", 2, 1, "return 1\n", 2, 7))'
run -c 'raise TabError("m", ("f", 2, 1, "return 1\n", 2, 7))'
run -m os.path
ln -s loop.py loop.py; run loop.py
printf 'print("in a zip")' >__main__.py
"$PYTHON" -c 'import zipfile; zipfile.ZipFile("app.zip", "w").write("__main__.py")'; run app.zip
run -c 'print("\ud800")'
run -m ''
run ''
for codec in UTF_32 utf-16; do printf "# coding: $codec\nprint(1)\n" >wide.py; run wide.py; done
