// SPDX-License-Identifier: Apache-2.0
/// Recovery of a new Cluster from the backups and the WAL of another one.
@NullMarked
package dev.howdah.instance.recovery;

import org.jspecify.annotations.NullMarked;
