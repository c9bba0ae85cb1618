// SPDX-License-Identifier: Apache-2.0
/// On the primary: copies a database from a temporary server that a DatabaseRestore has recovered.
@NullMarked
package dev.howdah.instance.dump;

import org.jspecify.annotations.NullMarked;
