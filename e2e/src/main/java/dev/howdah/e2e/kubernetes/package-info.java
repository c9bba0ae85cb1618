// SPDX-License-Identifier: Apache-2.0
/// What end-to-end tests on a real Kubernetes need: a namespace of their own, a client that writes
/// all the time, faults.
@NullMarked
package dev.howdah.e2e.kubernetes;

import org.jspecify.annotations.NullMarked;
