# SPDX-License-Identifier: Apache-2.0
# Stands for nixpkgs, which Debian does not have: the expression is evaluated, and built with the tools and libraries of this machine, by the phases that
# stdenv has for a tarball.
let
  here = name: { inherit name; outPath = "/usr"; };
in
rec {
  lib = { getLib = package: package; licenses.asl20 = "Apache-2.0"; platforms.linux = [ builtins.currentSystem ]; };
  pkg-config = here "pkg-config";
  protobufc = here "protobufc";
  libseccomp = here "libseccomp";
  yajl = here "yajl";
  systemd = here "systemd";
  stdenv.mkDerivation = a: derivation {
    name = "${a.pname}-${a.version}";
    system = builtins.currentSystem;
    builder = "/bin/bash";
    inherit (a) src configureFlags;
    args = [ "-c" ''
      set -e
      export PATH=/usr/bin:/bin
      tar -xJf "$src"
      cd tare-*
      ./configure -q --prefix="$out" $configureFlags
      make -s
      make -s install
    '' ];
  };
  callPackage = file: arguments:
    let function = import file;
    in function (builtins.intersectAttrs (builtins.functionArgs function) { inherit lib stdenv pkg-config protobufc libseccomp yajl systemd; } // arguments);
}
