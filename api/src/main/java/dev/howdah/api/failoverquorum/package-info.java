// SPDX-License-Identifier: Apache-2.0
/// The FailoverQuorum kind: what a failover must know about synchronous replication.
@NullMarked
package dev.howdah.api.failoverquorum;

import org.jspecify.annotations.NullMarked;
