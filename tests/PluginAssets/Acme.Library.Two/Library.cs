namespace Acme;

public static class Library
{
    public static string Text => "library two";
}
