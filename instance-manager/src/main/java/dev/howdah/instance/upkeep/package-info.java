// SPDX-License-Identifier: Apache-2.0
/// What is kept in order inside a running server: roles and their passwords, replication slots.
@NullMarked
package dev.howdah.instance.upkeep;

import org.jspecify.annotations.NullMarked;
