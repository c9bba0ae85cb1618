// SPDX-License-Identifier: Apache-2.0
/// Pods: what a kubelet does, for processes of this machine.
@NullMarked
package dev.howdah.podruntime.pod;

import org.jspecify.annotations.NullMarked;
