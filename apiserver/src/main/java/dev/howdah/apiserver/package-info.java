// SPDX-License-Identifier: Apache-2.0
/// The embedded API server: a small, faithful Kubernetes API over a durable store.
@NullMarked
package dev.howdah.apiserver;

import org.jspecify.annotations.NullMarked;
