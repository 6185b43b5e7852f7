/* What Debian's _ctypes_test library wants of CPython, so that it can be loaded as a plain library. None of it is ever called. */
void PyArg_ParseTuple(void);
void PyList_Append(void);
void PyModuleDef_Init(void);
extern char _Py_NoneStruct[64];
void PyArg_ParseTuple(void) {}
void PyList_Append(void) {}
void PyModuleDef_Init(void) {}
char _Py_NoneStruct[64];
