# SPDX-License-Identifier: Apache-2.0
"""tare for Python: t = Tare(root="/run/mine"); t.create("box", "bundle"); t.start("box"); t.state("box")["status"]"""
import ctypes, json


class Failure(ctypes.Structure):
    """struct tare_error"""
    _fields_ = [("status", ctypes.c_int), ("number", ctypes.c_int), ("code", ctypes.c_char * 48), ("message", ctypes.c_char * 1024),
                ("pointer", ctypes.c_char * 256), ("hint", ctypes.c_char * 512)]


class Error(Exception):
    def __init__(self, failure):
        super().__init__(failure.message.decode(errors="replace"))
        self.status, self.errno = failure.status, failure.number
        self.code, self.pointer, self.hint = (text.decode(errors="replace") for text in (failure.code, failure.pointer, failure.hint))


class Tare:
    def __init__(self, program=None, library="libtare.so.0", **options):
        self.lib = ctypes.CDLL(library, use_errno=True)
        self.lib.tare_new.restype, self.free = ctypes.c_void_p, ctypes.CDLL(None).free
        self.handle = ctypes.c_void_p(self.lib.tare_new())
        if program:
            self.lib.tare_program(self.handle, program.encode())
        for name, value in options.items():
            if self.lib.tare_option(self.handle, b"--" + name.replace("_", "-").encode(), None if value is True else str(value).encode()):
                raise ValueError(name)

    def __del__(self):
        if "handle" in self.__dict__:
            self.lib.tare_free(self.handle)

    def call(self, *words, stdio=None):
        """The exit status of a verb, and what it has printed."""
        failure, output = Failure(), ctypes.c_void_p()
        argv = (ctypes.c_char_p * (len(words) + 1))(*[str(word).encode() for word in words], None)
        status = self.lib.tare_call(self.handle, argv, (ctypes.c_int * 3)(*stdio) if stdio else None, None if stdio else ctypes.byref(output), ctypes.byref(failure))
        text = ctypes.string_at(output).decode(errors="replace") if output else ""
        self.free(output)
        if status < 0:
            raise Error(failure)
        return status, text

    def create(self, id, bundle, *options):
        return self.call("create", "--bundle", bundle, *options, id, stdio=(-1, -1, -1))[0]

    def __getattr__(self, verb):
        """t.kill("box", "TERM"), t.exec("box", "true"): the status; t.state("box"), t.list("--format", "json"): the JSON that is printed."""
        if not verb.isalpha():
            raise AttributeError(verb)

        def run(*words):
            status, text = self.call(verb, *words)
            return json.loads(text) if verb in ("state", "features", "list", "ps", "events", "inspect", "check", "doctor", "plan") and text[:1] in ("{", "[") else status
        return run
