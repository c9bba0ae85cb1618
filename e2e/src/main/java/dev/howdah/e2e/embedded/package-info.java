// SPDX-License-Identifier: Apache-2.0
/// The embedded mode as its user has it: started by the `howdah` command, reached by kubectl and
/// JDBC.
@NullMarked
package dev.howdah.e2e.embedded;

import org.jspecify.annotations.NullMarked;
