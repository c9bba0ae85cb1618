// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Settings of what archives in the instances' pods.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record InstanceSidecarConfiguration(
    @Field("Environment variables") List<EnvVar> env,
    @Field("Resources asked for") @Nullable ResourceRequirements resources,
    @Field(value = "Seconds between two checks of the retention policy", defaultsTo = "1800")
        Integer retentionPolicyIntervalSeconds,
    @Field("Further arguments") List<String> additionalContainerArgs,
    @Field(
            value = "How much is logged",
            defaultsTo = "info",
            oneOf = {"error", "warning", "info", "debug", "trace"})
        String logLevel) {
  public InstanceSidecarConfiguration {
    env = Absent.list(env);
    retentionPolicyIntervalSeconds = Absent.or(retentionPolicyIntervalSeconds, 1800);
    additionalContainerArgs = Absent.list(additionalContainerArgs);
    logLevel = Absent.or(logLevel, "info");
  }
}
