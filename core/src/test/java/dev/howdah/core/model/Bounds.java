// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.model;

/// How far the exploration goes.
///
/// @param acknowledgements W at the start
/// @param revisions of the Lease
/// @param terms including the first
record Bounds(
    int acknowledgements,
    int revisions,
    int terms,
    int writes,
    int crashes,
    int losses,
    int changes) {}
