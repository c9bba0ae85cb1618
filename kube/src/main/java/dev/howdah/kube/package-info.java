// SPDX-License-Identifier: Apache-2.0
/// A tiny Kubernetes REST client: get, list, watch, write, leases; no model classes.
@NullMarked
package dev.howdah.kube;

import org.jspecify.annotations.NullMarked;
