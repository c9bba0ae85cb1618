// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.util.List;

/// A round of promises, asked for because the API server gave no answer.
///
/// @param missing who has not promised yet
record Failsafe(long round, long sentAt, List<String> missing) {}
