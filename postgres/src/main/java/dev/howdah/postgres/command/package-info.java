// SPDX-License-Identifier: Apache-2.0
/// PostgreSQL's programs as typed calls, each with a deadline and bounded output.
@NullMarked
package dev.howdah.postgres.command;

import org.jspecify.annotations.NullMarked;
