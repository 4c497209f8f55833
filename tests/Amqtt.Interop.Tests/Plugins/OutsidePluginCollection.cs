namespace Amqtt.Interop.Tests.Plugins;

/// <summary>Packing and publishing takes seconds: the classes of this collection share one.</summary>
[CollectionDefinition(nameof(OutsidePluginCollection))]
public sealed class OutsidePluginCollection : ICollectionFixture<OutsidePlugin>;
