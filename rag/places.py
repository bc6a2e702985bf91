"""What else countries and places are called: by their people's name, and news writes of a government by its capital."""

import functools
import re
from collections.abc import Iterator

from rag.lexical import stems
from rag.other_names import OtherName

PLACES = tuple(
    tuple(line.strip().split(", "))
    for line in """
    United States, US, U.S., USA, America, American, Americans, Washington
    United Kingdom, UK, U.K., Britain, British, Briton, London, Great Britain
    United Nations, UN, U.N., General Assembly, Secretary-General
    European Union, EU, Brussels, European Commission, European Parliament
    Europe, European, Europeans
    Soviet Union, USSR, Soviet, Soviets, Union of Soviet Socialist Republics, Moscow
    Russia, Russian, Russians, Russian Federation, Moscow
    China, Chinese, Beijing, People's Republic of China
    United Arab Emirates, UAE, Emirati, Emiratis, Emirates, Abu Dhabi
    South Korea, South Korean, South Koreans, Republic of Korea, Seoul
    North Korea, North Korean, Pyongyang, Democratic People's Republic of Korea
    Saudi Arabia, Saudi, Saudis, Riyadh
    South Africa, South African, South Africans, Pretoria
    New Zealand, New Zealander, New Zealanders, Wellington
    Latin America, Latin American, South America, South American
    Africa, African, Africans
    Asia, Asian, Asians
    Arab, Arabs, Arab world
    Argentina, Argentine, Argentinian, Buenos Aires
    Armenia, Armenian, Yerevan
    Australia, Australian, Australians, Canberra
    Austria, Austrian, Austrians, Vienna
    Azerbaijan, Azerbaijani, Baku
    Bahrain, Bahraini, Manama
    Bangladesh, Bangladeshi, Dhaka
    Belarus, Belarusian, Minsk
    Belgium, Belgian, Belgians
    Bolivia, Bolivian, La Paz
    Brazil, Brazilian, Brazilians, Brasília
    Bulgaria, Bulgarian, Sofia
    Canada, Canadian, Canadians, Ottawa
    Chile, Chilean, Santiago
    Colombia, Colombian, Bogotá
    Costa Rica, Costa Rican, San José
    Cuba, Cuban, Havana
    Cyprus, Cypriot, Nicosia
    Czech Republic, Czechia, Czech, Czechs, Prague
    Denmark, Danish, Dane, Danes, Copenhagen
    Ecuador, Ecuadorian, Quito
    Egypt, Egyptian, Egyptians, Cairo
    Estonia, Estonian, Tallinn
    Ethiopia, Ethiopian, Addis Ababa
    Finland, Finnish, Finn, Finns, Helsinki
    France, French, Paris
    Germany, German, Germans, Berlin, Federal Republic of Germany
    Ghana, Ghanaian, Accra
    Greece, Greek, Greeks, Athens
    Hungary, Hungarian, Hungarians, Budapest
    Iceland, Icelandic, Reykjavik
    India, Indian, Indians, New Delhi
    Indonesia, Indonesian, Indonesians, Jakarta
    Iran, Iranian, Iranians, Tehran
    Iraq, Iraqi, Baghdad
    Ireland, Irish, Dublin
    Israel, Israeli, Israelis
    Italy, Italian, Italians, Rome
    Japan, Japanese, Tokyo
    Kazakhstan, Kazakh, Kazakhs, Astana
    Kenya, Kenyan, Kenyans, Nairobi
    Kuwait, Kuwaiti
    Lithuania, Lithuanian, Vilnius
    Luxembourg, Luxembourgish
    Malaysia, Malaysian, Kuala Lumpur
    Malta, Maltese, Valletta
    Mexico, Mexican, Mexicans
    Mongolia, Mongolian, Ulaanbaatar
    Morocco, Moroccan, Rabat
    Netherlands, Dutch, The Hague
    Nigeria, Nigerian, Nigerians, Abuja
    Norway, Norwegian, Norwegians, Oslo
    Pakistan, Pakistani, Pakistanis, Islamabad
    Paraguay, Paraguayan, Asunción
    Peru, Peruvian, Lima
    Philippines, Philippine, Filipino, Manila
    Poland, Polish, Pole, Poles, Warsaw
    Portugal, Portuguese, Lisbon
    Qatar, Qatari, Doha
    Romania, Romanian, Bucharest
    Rwanda, Rwandan, Kigali
    Senegal, Senegalese, Dakar
    Serbia, Serbian, Belgrade
    Singapore, Singaporean
    Slovakia, Slovak, Bratislava
    Slovenia, Slovenian, Slovene, Ljubljana
    Spain, Spanish, Spaniard, Madrid
    Sweden, Swedish, Swede, Swedes, Stockholm
    Switzerland, Swiss
    Thailand, Thai, Thais, Bangkok
    Türkiye, Turkey, Turkish, Turk, Turks, Ankara
    Ukraine, Ukrainian, Ukrainians, Kyiv
    Uruguay, Uruguayan, Montevideo
    Venezuela, Venezuelan, Caracas
    Vietnam, Vietnamese, Hanoi
    Moon, moon, lunar, Lunar
    Mars, Martian, Celestial Bodies, celestial bodies, celestial body
    Sun, sun, solar
    """.strip().splitlines()
)

NO_COUNTRIES = frozenset(("UN", "Moon", "Mars", "Sun"))


def place_names(question: str) -> tuple[OtherName, ...]:
    """What else the places are called that a question names, in capitals as they are written."""
    return tuple(_called(question))


def countries_in(text: str) -> tuple[str, ...]:
    """The countries and parts of the world that a text names, as it writes them: not the United Nations, no Moon."""
    groups = ((pattern, group) for pattern, group in _patterns() if not NO_COUNTRIES.intersection(group))
    return tuple(dict.fromkeys(found for pattern, _ in groups for found in pattern.findall(text)))


def _called(question: str) -> Iterator[OtherName]:
    for pattern, group in _patterns():
        for found in dict.fromkeys(pattern.findall(question)):
            others = tuple(name for name in group if name != found)
            yield OtherName(_any_of(others), frozenset(stems(found)), "")


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple((_any_of(group), group) for group in PLACES)


@functools.cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])")
