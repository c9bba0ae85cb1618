// SPDX-License-Identifier: Apache-2.0
/// Objects of the API server as this process sees them: mirrors, work queues, selectors,
/// quantities.
@NullMarked
package dev.howdah.podruntime.objects;

import org.jspecify.annotations.NullMarked;
