# SPDX-License-Identifier: Apache-2.0
# With the tarball of `make dist` beside this file: nix-build -E 'with import <nixpkgs> { }; callPackage ./default.nix { }'
{ lib, stdenv, pkg-config, protobufc, libseccomp, libcap, yajl, systemd, src ? ./tare-0.1.0.tar.xz }:

stdenv.mkDerivation {
  pname = "tare";
  version = "0.1.0";
  inherit src;
  nativeBuildInputs = [ pkg-config protobufc ];
  buildInputs = [ libseccomp libcap protobufc yajl systemd ];
  configureFlags = [ "--with-libraries=shared" "--sysconfdir=/etc" ];
  enableParallelBuilding = true;
  meta = {
    description = "OCI container runtime";
    homepage = "https://github.com/opencontainers/runtime-spec";
    license = lib.licenses.asl20;
    platforms = lib.platforms.linux;
    mainProgram = "tare";
  };
}
