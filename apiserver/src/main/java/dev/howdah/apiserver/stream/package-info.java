// SPDX-License-Identifier: Apache-2.0
/// Logs, exec, attach and port-forward: the streams between a client and what runs in a pod.
@NullMarked
package dev.howdah.apiserver.stream;

import org.jspecify.annotations.NullMarked;
