// SPDX-License-Identifier: Apache-2.0
/// Base backups that this instance takes, each in a process of its own.
@NullMarked
package dev.howdah.instance.backup;

import org.jspecify.annotations.NullMarked;
