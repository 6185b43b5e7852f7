"""Packages that reach below Python: pycryptodome (plain shared objects, called through ctypes), pyfakefs (replaces the functions of C that touch
files), zope.interface (what abstract classes' virtual subclasses provide)."""
# timeout: 120
import io
import os
import pathlib
import shutil
import threading

from Cryptodome.Cipher import AES, ChaCha20_Poly1305, PKCS1_OAEP
from Cryptodome.Hash import BLAKE2b, HMAC, SHA256, SHA3_256
from Cryptodome.Protocol.KDF import PBKDF2, scrypt
from Cryptodome.PublicKey import ECC, RSA
from Cryptodome.Signature import DSS, pkcs1_15
from pyfakefs.fake_filesystem_unittest import Patcher
import zope.interface
import zope.interface.common.collections as interfaces

print(AES.new(b"k" * 16, AES.MODE_GCM, nonce=b"n" * 12).encrypt_and_digest(b"hello" * 10))
print(AES.new(b"k" * 32, AES.MODE_CBC, iv=b"n" * 16).encrypt(bytearray(b"hello678" * 4)), ChaCha20_Poly1305.new(key=b"k" * 32, nonce=b"n" * 12).encrypt(memoryview(b"text")))
print(SHA256.new(memoryview(b"x")).hexdigest(), HMAC.new(b"k", b"x", digestmod=SHA256).hexdigest(), SHA3_256.new(b"x").hexdigest(), BLAKE2b.new(data=b"x", digest_bits=128).hexdigest())
print(PBKDF2("word", b"salt", 16, count=50, hmac_hash_module=SHA256).hex(), scrypt("word", "salt", 16, N=16, r=8, p=1).hex())
key = RSA.generate(1024)
pkcs1_15.new(key.public_key()).verify(SHA256.new(b"m"), pkcs1_15.new(key).sign(SHA256.new(b"m")))
print(RSA.import_key(key.export_key(passphrase="x"), "x") == key, PKCS1_OAEP.new(key).decrypt(PKCS1_OAEP.new(key).encrypt(b"hi")))
curve = ECC.generate(curve="P-256")
DSS.new(curve.public_key(), "fips-186-3").verify(SHA256.new(b"x"), DSS.new(curve, "fips-186-3").sign(SHA256.new(b"x")))
digests = {}


def work(k):
    digests[k] = SHA256.new(AES.new(bytes([k]) * 16, AES.MODE_CTR, nonce=b"12345678").encrypt(b"z" * 100000)).hexdigest()


threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(digests.items()))

with Patcher() as patcher:
    os.makedirs("/nowhere/below")
    with open("/nowhere/below/file", "w") as file: file.write("text\n")
    with io.open("/nowhere/below/file", "a") as file: file.write("more\n")
    shutil.copytree("/nowhere", "/elsewhere")
    print(sorted(os.listdir("/nowhere/below")), pathlib.Path("/elsewhere/below/file").read_text(), os.stat("/elsewhere/below/file").st_size, list(os.walk("/elsewhere")))
    try:
        open("/etc/hostname")
    except FileNotFoundError as e:
        print(e)
    patcher.fs.create_file("/nowhere/made", contents="abc")
    print(open("/nowhere/made", "rb").read(), os.path.exists("/usr"))
print(os.path.exists("/nowhere"), os.path.exists("/usr"))

for interface in interfaces.IIterator, interfaces.IMapping, interfaces.ISequence, interfaces.IGenerator:
    print(interface.__name__, sorted({c.__name__ for c in interface.getRegisteredConformers() if c.__module__ == "builtins"}))
print(interfaces.IIterator.providedBy(iter([])), interfaces.IMapping.providedBy({}), interfaces.ISequence.providedBy({}))
