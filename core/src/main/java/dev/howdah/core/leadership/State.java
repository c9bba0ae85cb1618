// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

/// All that the machine remembers between two events. Made by [Leadership#initial], changed only by
/// [Leadership#step].
///
/// @param random the state of the machine's own source of chance
public record State(
    Identity self,
    Settings settings,
    long random,
    Role role,
    Durable durable,
    PostgresStatus postgres,
    ClusterView cluster) {}
