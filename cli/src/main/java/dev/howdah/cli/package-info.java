// SPDX-License-Identifier: Apache-2.0
/// The howdah command and kubectl plugin; howdah up wires API server, process runtime and operator
/// together.
@NullMarked
package dev.howdah.cli;

import org.jspecify.annotations.NullMarked;
