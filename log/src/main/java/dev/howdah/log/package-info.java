// SPDX-License-Identifier: Apache-2.0
/// JSON log lines: what SLF4J is bound to in programs that run in pods.
@NullMarked
package dev.howdah.log;

import org.jspecify.annotations.NullMarked;
