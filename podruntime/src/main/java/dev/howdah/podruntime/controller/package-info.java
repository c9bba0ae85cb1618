// SPDX-License-Identifier: Apache-2.0
/// The few controllers of a control plane that pods need: Jobs, CronJobs, Deployments, ReplicaSets.
@NullMarked
package dev.howdah.podruntime.controller;

import org.jspecify.annotations.NullMarked;
