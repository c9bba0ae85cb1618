// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// A pod and what the runtime knows about it before its status says so.
public record PodFacts(ObjectNode pod, String ip, String hostIp) {}
