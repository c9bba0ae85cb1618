// SPDX-License-Identifier: Apache-2.0
/// Our side of the comparison of backup tools (bench/backup-peers).
@NullMarked
package dev.howdah.bench.backup;

import org.jspecify.annotations.NullMarked;
