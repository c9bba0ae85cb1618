// SPDX-License-Identifier: Apache-2.0
/// The quorum argument without clocks: every process may stop for any time, every message may be
/// late. All states within bounds are visited, not a sample.
package dev.howdah.core.model;
