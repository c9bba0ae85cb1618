// SPDX-License-Identifier: Apache-2.0
/// JSON lines on standard output: our own messages and PostgreSQL's.
@NullMarked
package dev.howdah.instance.log;

import org.jspecify.annotations.NullMarked;
