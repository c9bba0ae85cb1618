// SPDX-License-Identifier: Apache-2.0
/// PostgreSQL's configuration files as one pure function of a Cluster and the facts of an instance.
@NullMarked
package dev.howdah.postgres.config;

import org.jspecify.annotations.NullMarked;
