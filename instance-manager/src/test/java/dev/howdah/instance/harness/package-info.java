// SPDX-License-Identifier: Apache-2.0
/// A cluster of instance managers as processes, with a stand-in for the API server that can fail on
/// request.
@NullMarked
package dev.howdah.instance.harness;

import org.jspecify.annotations.NullMarked;
