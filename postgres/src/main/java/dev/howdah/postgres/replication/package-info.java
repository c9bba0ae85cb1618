// SPDX-License-Identifier: Apache-2.0
/// How a data directory comes to follow another server, and what replication slots it needs.
@NullMarked
package dev.howdah.postgres.replication;

import org.jspecify.annotations.NullMarked;
