#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure from configure.ac, in a checkout.
set -e
cd "$(dirname "$0")"
mkdir -p build-aux
autoreconf --install --force
