# SPDX-License-Identifier: Apache-2.0
# With the tarball of `make dist` beside this file: nix-build -E 'with import <nixpkgs> { }; callPackage ./default.nix { }'
{ lib, stdenv, pkg-config, protobufc, libseccomp, yajl, systemd, src ? ./. + "/tare-${version}.tar.xz", version ? "0.1.0" }:

stdenv.mkDerivation {
  pname = "tare";
  inherit version src;
  nativeBuildInputs = [ pkg-config protobufc ];
  buildInputs = [ libseccomp protobufc yajl systemd ];
  configureFlags = [ "--with-libraries=shared" "--sysconfdir=/etc" ];
  NIX_LDFLAGS = "-rpath ${lib.getLib systemd}/lib"; # tare-systemd loads libsystemd when it is needed
  enableParallelBuilding = true;
  meta = {
    description = "OCI container runtime";
    homepage = "https://github.com/opencontainers/runtime-spec";
    license = lib.licenses.asl20;
    platforms = lib.platforms.linux;
    mainProgram = "tare";
  };
}
