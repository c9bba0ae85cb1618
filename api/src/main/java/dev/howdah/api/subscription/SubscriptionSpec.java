// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.subscription;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a subscription shall be.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SubscriptionSpec(
    @Field(value = "Cluster it is in", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        @Cel(
            value = "self == oldSelf",
            message = "can't change; make a new object for the other cluster")
        LocalReference cluster,
    @Field(
            value = "Name in PostgreSQL; can't change",
            required = true,
            minLength = 1,
            maxLength = 63)
        @Cel(value = "self == oldSelf", message = "can't change; make a new Subscription")
        String name,
    @Field(
            value = "Database it is in; can't change",
            required = true,
            minLength = 1,
            maxLength = 63)
        @Cel(value = "self == oldSelf", message = "can't change; make a new Subscription")
        String dbname,
    @Field("Parameters of CREATE SUBSCRIPTION")
        @Cel(
            value = "!('connect' in self)",
            message =
                "connect: the connection is that of the external cluster, and always made; "
                    + "remove it")
        Map<String, String> parameters,
    @Field(value = "Publication to receive", required = true, minLength = 1) String publicationName,
    @JsonProperty("publicationDBName")
        @Field("Database of the publication; by default as the external cluster says")
        @Nullable String publicationDbName,
    @Field(value = "External cluster to receive from", required = true, minLength = 1)
        String externalClusterName,
    @Field(
            value = "What happens to it when this object is deleted",
            defaultsTo = "retain",
            oneOf = {"retain", "delete"})
        String subscriptionReclaimPolicy) {
  public SubscriptionSpec {
    name = Absent.or(name, "");
    dbname = Absent.or(dbname, "");
    parameters = Absent.map(parameters);
    publicationName = Absent.or(publicationName, "");
    externalClusterName = Absent.or(externalClusterName, "");
    subscriptionReclaimPolicy = Absent.or(subscriptionReclaimPolicy, "retain");
  }
}
